/** Entry of the pages on which a payment is waited for. */
import { watchPayment } from "../../billing/frontend/waiting";

watchPayment();
