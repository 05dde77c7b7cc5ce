import { type Channel } from '../core/deliveries.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { SECOND } from '../core/time.ts';

const PATIENCE = 20 * SECOND;
const SHOWN = 200;

/** Posts a message to an incoming web hook in Slack's format. The target is the variable that holds the hook's address. */
export const createSlack = (environment: Record<string, string | undefined>): Channel => ({
  async send({ target, subject, text }) {
    const address = environment[target];
    if (!address)
      throw new UserError(
        'SECRET_MISSING',
        `The variable ${target} is not set where the server runs, so its web hook is not known. Set it and start the server again.`,
      );
    // Else fetch refuses it, and says all of it aloud.
    if (!isUsable(address))
      throw new UserError(
        'SECRET_MISSING',
        `The variable ${target} holds no address that can be posted to. Set it to https://host/path, without user and ` +
          'password, where the server runs, and start the server again.',
      );
    let response: Response;
    try {
      response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: `*${escaped(subject)}*\n${escaped(text)}` }),
        redirect: 'error', // the address is a secret of the one who gave it
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch (error) {
      // Of the address only its host is said: who knows the rest may post.
      const why = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
      throw new Error(`the web hook of ${target} does not answer: ${why}`, { cause: error });
    }
    const answer = await response.text();
    if (!response.ok)
      throw new Error(`the web hook of ${target} answered ${response.status}: ${answer.slice(0, SHOWN)}`);
  },
});

function isUsable(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** The three characters that Slack takes as its own. */
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
