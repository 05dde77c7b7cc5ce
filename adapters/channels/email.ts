import type { Channel } from '../../core/channels/channel.ts';
import { mailHtml } from '../../core/channels/mail-html.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { SECOND } from '../../core/time/time.ts';
import { createTransport } from 'nodemailer';

export interface MailOptions {
  /** smtp://user:password@host:port, or smtps://; undefined: sending mail fails with the reason. */
  url: string | undefined;
  from: string;
}

/** Sends a message as mail, in text and HTML. The Message-ID is the delivery's, so a mail program recognises a duplicate. */
export function createMail({ url, from }: MailOptions): Channel {
  if (url === undefined)
    return {
      send: () =>
        Promise.reject(
          new UserError(
            'CONFIG_INVALID',
            'No mail server is set. Set PERENNIAL_SMTP_URL (and PERENNIAL_MAIL_FROM) where the server runs, and restart it.',
          ),
        ),
    };
  const limits = { connectionTimeout: 10 * SECOND, greetingTimeout: 10 * SECOND, socketTimeout: 20 * SECOND };
  const transport = createTransport({ url, ...limits });
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? 'perennial';
  return {
    async send(message) {
      const { id, alert, target, subject, text } = message;
      const sending = transport.sendMail({
        from,
        to: target,
        subject,
        text,
        html: mailHtml({ ...message, figures: message.facts?.figures }),
        messageId: `<${id}@${domain}>`,
        // A mail program shows all messages about one alert as a thread.
        ...(alert !== null && { references: `<alert-${alert}@${domain}>` }),
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      await sending.catch(saidOnce);
    },
  };
}

/** Some errors name the server's answer twice: "Invalid greeting. response=421 closing: 421 closing". */
function saidOnce(error: unknown): never {
  if (error instanceof Error && 'response' in error)
    error.message = error.message.replace(`. response=${String(error.response)}: `, ': ');
  throw error;
}
