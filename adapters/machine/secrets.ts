import { UserError } from '../../core/base/errors/errors.ts';
import type { Secrets } from '../../core/sources/secrets.ts';
import { hide } from '../../core/base/errors/shown.ts';

/** Secrets from an environment, by their declared names. Their values appear in no text of this process. */
export const createSecrets = (environment: Record<string, string | undefined>): Secrets => ({
  read({ env: name }) {
    const value = environment[name];
    if (value) {
      hide(value);
      return value;
    }
    throw new UserError(
      'SECRET_MISSING',
      `The variable ${name} is ${value === '' ? 'empty' : 'not set'} in this process. ` +
        `Set ${name} where the data worker runs, and restart it.`,
    );
  },
});
