/** Entry of the pages of members that need little: the quick exit, and forms that are sent once. */
import { wireExit } from "./exit";
import { wireOnce } from "./once";

wireExit();
wireOnce();
