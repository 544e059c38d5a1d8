/** Entry of the pages on which somebody shows their age. */
import { wireAge } from "../../accounts/frontend/age";

wireAge();
