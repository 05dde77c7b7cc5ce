import type { Secret } from '../base/schema.ts';

/** Resolves a secret's name to its value, inside the step that needs it. */
export interface Secrets {
  read(secret: Secret): string;
}
