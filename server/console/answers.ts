import { readCookie, setCookie } from './browser.ts';
import { renderPage, type Page } from '../../console/layout.ts';
import { type Sessions } from '../access/sessions.ts';
import { type FastifyReply, type FastifyRequest } from 'fastify';

const FLASH = 'perennial_flash';
const FLASH_SECONDS = 60;
const MOST_LETTERS = 1000;

/** Answers with a page, or redirects to the next one. */
export interface Answers {
  page(request: FastifyRequest, reply: FastifyReply, page: Page, live: string | null): FastifyReply;
  /** Redirects to another page, which shows `words` once. */
  goTo(request: FastifyRequest, reply: FastifyReply, path: string, words?: string): FastifyReply;
}

export function createAnswers(sessions: Sessions | null, simulated: boolean): Answers {
  return {
    page(request, reply, page, live) {
      const told = readCookie(request.headers.cookie, FLASH);
      if (told !== null) setCookie(request, reply, FLASH, '', 0);
      const flash = told === null ? null : Buffer.from(told, 'base64url').toString('utf8');
      const session = sessions?.callerOf(request) ?? null;
      const { scopes, name } = request.caller ?? { scopes: [], name: null };
      const frame = { live, flash, session: session !== null, name, scopes, simulated };
      return reply.type('text/html; charset=utf-8').send(renderPage(page, frame));
    },
    goTo(request, reply, path, words) {
      // In a cookie, not in the address: a link must not put words into our page.
      if (words !== undefined) {
        const flash = Buffer.from(words.slice(0, MOST_LETTERS)).toString('base64url');
        setCookie(request, reply, FLASH, flash, FLASH_SECONDS);
      }
      return reply.redirect(path, 303);
    },
  };
}
