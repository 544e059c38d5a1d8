/** Entry of the page on which an archive of one's data is waited for. */
import { watchArchive } from "../../privacy/frontend/archive";

watchArchive();
