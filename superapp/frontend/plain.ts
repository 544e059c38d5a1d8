/** Entry of the pages of members that need no other script: the quick exit alone. */
import { wireExit } from "./exit";

wireExit();
