import { startLanguage } from "./lib/language";

// Not before: modules hold texts, and texts have a language.
void startLanguage().then(() => import("./start"));
