/** Entry of the desk: keys, the live queue, the claim that is kept, the form of the decision. Every page works without it. */
import { wireDecision } from "./decision";
import { wireKeys } from "./deskkeys";
import { wireClaim } from "./claim";
import { wireMedia } from "./media";
import { wireQueue } from "./queue";

wireKeys();
wireQueue();
wireClaim();
wireMedia();
wireDecision();
