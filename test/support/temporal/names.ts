import { namesOf, USUAL_INSTALLATION } from '../../../core/base/names.ts';

/** Of the installation that tests have, unless they name another. */
export const names = namesOf(USUAL_INSTALLATION);
