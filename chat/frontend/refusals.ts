/** The server's refusals in words. */
import { t } from "../../core/frontend/i18n";

const WORDS: Record<string, () => string> = {
  rate: () => t("Vous allez trop vite. Patientez un instant."),
  held: () => t("Votre message attend une relecture. Vous seul le voyez."),
  held_refused: () => t("Une personne a relu ce message et ne l’a pas publié."),
  held_returned: () => t("Personne n’a relu ce message à temps. Vous pouvez l’envoyer de nouveau."),
  nudge: () => t("Cela peut blesser. Envoyer quand même ?"),
  screened: () => t("Ce texte ne peut pas être publié ainsi. Écrivez-le autrement."),
  no_links: () => t("Le bouclier de ce salon est levé : les liens sont refusés pour le moment."),
  no_media: () => t("Le bouclier de ce salon est levé : les photos sont refusées pour le moment."),
  slow_mode: () => t("Mode lent : patientez avant le prochain message."),
  too_long: () => t("Message trop long : 4 000 caractères au plus."),
  empty: () => t("Le message est vide."),
  frozen: () => t("Ce salon est en pause."),
  restricted: () => t("Une décision de l’équipe suspend votre droit d’écrire."),
  processing_restricted: () => t("Vous avez demandé de limiter l’usage de vos données. Levez la limitation pour écrire."),
  agreement_required: () => t("Les règles ont changé. Rechargez la page pour les lire et les accepter."),
  banned: () => t("La modération de ce salon vous a exclu."),
  kicked: () => t("La modération vous a fait sortir de ce salon."),
  not_member: () => t("Vous n’êtes plus dans ce salon."),
  gone: () => t("Ce salon est fermé."),
  forbidden: () => t("Vous ne pouvez pas faire cela ici."),
  not_found: () => t("Ce message n’est plus là."),
  age: () => t("Ce salon demande une preuve d’âge."),
  consent: () => t("Pour entrer dans ce salon, cochez d’abord la case qui dit ce que votre présence peut révéler."),
  closed_here: () => t("Ce salon n’est pas ouvert dans votre pays."),
  bad_attachment: () => t("Une image jointe n’est plus valable. Joignez-la de nouveau."),
  not_an_image: () => t("Ce fichier n’est pas une image que nous savons lire."),
  image_too_large: () => t("Cette image est trop grande."),
  duplicate_conflict: () => t("Ce message a déjà servi ailleurs. Envoyez-le de nouveau."),
  limit: () => t("Vingt messages sont déjà épinglés. Retirez-en un d’abord."),
};

export function refusalWords(code: string): string {
  return WORDS[code]?.() ?? t("Cela n’a pas marché. Réessayez.");
}
