import { likeInWords } from '../core/alerts/occurrence.ts';
import { after } from '../core/time/time.ts';
import { html } from '../pages/html.ts';
import { action, type Action, type Field, type Subject } from './action.ts';
import { withCommands } from './with-commands.ts';
import { alertFacts } from './pages/alert.ts';
import * as z from 'zod';

const alert = z.string().min(1);
const note = z.string().trim().max(500).optional();
const why: Field = { name: 'note', label: 'Note (optional; it is kept with the change)', optional: true };

/** The alert, above the button. */
const shown =
  (like = false): NonNullable<Action['subject']> =>
  async ({ alerts }, { alert: id = '' }): Promise<Subject> => {
    const found = await alerts.show(id);
    return {
      title: found.summary,
      content: html`${alertFacts(found)}
        <details>
          <summary>What it says</summary>
          ${withCommands(found.detail)}
        </details>
        ${like ? html`<p>Others like it: ${likeInWords(found)}.</p>` : null}`,
      facts: found,
    };
  };

/** What people do about alerts. */
export const aboutAlerts = {
  resolve: action(z.object({ alert, note }), {
    verb: 'Resolve',
    words: () => 'Closes the alert. If the problem persists, a new alert opens.',
    subject: shown(),
    fields: [why],
    async perform({ alerts }, given) {
      return `Resolved: ${(await alerts.resolve(given.alert, given.note)).summary}`;
    },
  }),
  acknowledge: action(z.object({ alert, note }), {
    verb: 'Acknowledge',
    words: () => 'Takes the alert on: it is not repeated or escalated until it gets worse. It stays listed here.',
    subject: shown(),
    fields: [why],
    async perform({ alerts }, given) {
      const { acknowledgedBy, summary } = await alerts.acknowledge(given.alert, given.note);
      return `Acknowledged by ${acknowledgedBy}: ${summary}`;
    },
  }),
  silence: action(z.object({ alert, hours: z.coerce.number().int().min(1).max(720), note }), {
    verb: 'Silence',
    words: () =>
      'Sends nothing about this alert, or others like it, for a while. It stays listed here, and if it lasts, people hear of it afterwards.',
    subject: shown(true),
    fields: [{ name: 'hours', label: 'Hours', choices: ['1', '8', '24', '72'] }, why],
    async perform({ alerts, overview }, { alert: id, hours, note: said }) {
      const { summary } = await alerts.silence(id, after(await overview.now(), `${hours} hours`), said);
      return `Silenced for ${hours} hours: ${summary}`;
    },
  }),
  unsilence: action(z.object({ alert, note }), {
    verb: 'End the silence',
    words: () => 'Ends the silence of this alert, and of others like it. If it lasts, people hear of it at once.',
    subject: shown(true),
    fields: [why],
    async perform({ alerts }, given) {
      return `No longer silenced: ${(await alerts.unsilence(given.alert, given.note)).summary}`;
    },
  }),
} satisfies Record<string, Action>;
