import { html, trusted } from '../pages/html.ts';
import { type Action, type Subject } from './action.ts';
import { type Page } from './layout.ts';
import { backFrom, pipelineUrl } from './elements.ts';

/** What an action will do, and the button that does it: a plain form, so it works without script. */
export function confirmPage(
  name: string,
  action: Action,
  given: Record<string, string>,
  subject: Subject | null = null,
): Page {
  const { pipeline } = given;
  const asked = action.fields.map(({ name: field, label, choices, optional }) =>
    choices === undefined
      ? html`<label
          >${label}
          <input
            name="${field}"
            value="${given[field] ?? ''}"
            ${trusted(optional ? '' : 'required')}
            maxlength="500"
            autocomplete="off"
        /></label>`
      : html`<label
          >${label}
          <select name="${field}">
            ${choices.map((choice) => html`<option>${choice}</option>`)}
          </select></label
        >`,
  );
  const fields = new Set(action.fields.map((field) => field.name));
  const hidden = Object.entries(given)
    .filter(([field]) => !fields.has(field))
    .map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}" />`);
  return {
    title: subject
      ? `${action.verb}: ${subject.title}`
      : pipeline === undefined
        ? action.verb
        : `${action.verb}: ${pipeline}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      ...(pipeline === undefined ? [] : [{ title: pipeline, url: pipelineUrl(pipeline) }]),
    ],
    sections: [
      {
        id: 'confirm',
        heading: 'Confirm',
        content: html`${subject?.content ?? null}
          <p>${action.words(given)}</p>
          <form class="plain" method="post" action="/actions/${name}">
            ${hidden}${asked}
            <div class="row">
              <button class="strong">${action.verb}</button> <a href="${backFrom(given)}">Cancel</a>
            </div>
          </form>`,
      },
    ],
    facts: {
      action: name,
      verb: action.verb,
      words: action.words(given),
      fields: action.fields.map((field) => field.name),
      ...(subject && { about: subject.facts }),
    },
  };
}

interface LoginForm {
  /** Where to go then. */
  next: string;
  problem: string | null;
  /** Whether people can sign in at an OpenID provider. */
  atProvider: boolean;
}

/** The form for a key, for a browser that requests a page without one. */
export const loginPage = ({ next, problem, atProvider }: LoginForm): Page => ({
  title: 'Sign in to Perennial',
  crumbs: [],
  sections: [
    {
      id: 'login',
      heading: 'Sign in',
      content: html`${problem === null ? null : html`<p class="message" role="alert">${problem}</p>`}
        ${
          atProvider
            ? html`<p><a href="/login/oidc?next=${encodeURIComponent(next)}">Sign in with your organisation</a></p>`
            : null
        }
        <p class="soft">
          Use a key with the scope "read". The browser does not keep it, and the session ends by itself.
        </p>
        <form class="plain" method="post" action="/login">
          <input type="hidden" name="next" value="${next}" />
          <label>Key <input type="password" name="key" required autocomplete="current-password" /></label>
          <div class="row"><button class="strong">Sign in</button></div>
        </form>`,
    },
  ],
  facts: null,
});

/** Sends the browser on by itself; works without script. */
export const onwardPage = (title: string, to: string): Page => ({
  title,
  crumbs: [],
  onward: to,
  sections: [{ id: 'onward', heading: 'Continue', content: html`<p><a href="${to}">Continue</a></p>` }],
  facts: null,
});

/** A path of this server, never another site: safePath('//evil.example') // => '/' */
export const safePath = (path: string): string => (/^\/(?![/\\])[\w\-./?=&%~:+]*$/.test(path) ? path : '/');
