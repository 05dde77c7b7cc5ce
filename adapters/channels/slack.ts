import type { Channel } from '../../core/channels/channel.ts';
import { layoutOf } from '../../core/channels/layout.ts';
import { pageOf } from './linked.ts';
import { createPost, hookOf, type Environment, type LinkedOptions } from './post.ts';

/** What Slack takes: https://api.slack.com/reference/block-kit/blocks */
const MOST_HEADER = 150;
const MOST_SECTION = 3_000;

/**
 * Posts a message to an incoming web hook in Slack's format, as blocks; programs that take the format without blocks
 * show the text. The target is the variable that holds the hook's address. Texts are verbatim, in which Slack makes no
 * link of an address: only the console's page is one.
 */
export function createSlack(
  environment: Environment,
  { privateHooks = false, publicUrl = null }: Partial<LinkedOptions> = {},
): Channel {
  const post = createPost({ privateHooks });
  return {
    async send(message) {
      const { target, subject, text } = message;
      const { title, tone, paragraphs } = layoutOf(message);
      const page = publicUrl === null ? null : `<${escaped(pageOf(message, publicUrl))}|Open in the console>`;
      const marks = { critical: ':red_circle:', warning: ':large_yellow_circle:', good: ':large_green_circle:' };
      const blocks = [
        { type: 'header', text: { type: 'plain_text', text: cut(`${marks[tone]} ${title}`, MOST_HEADER) } },
        ...paragraphs.map((paragraph) => ({
          type: 'section',
          text: { type: 'mrkdwn', text: cut(escaped(paragraph), MOST_SECTION), verbatim: true },
        })),
        ...(page === null ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: page, verbatim: true } }]),
      ];
      const body = {
        text: [`*${escaped(subject)}*\n${escaped(text)}`, ...(page === null ? [] : [page])].join('\n\n'),
        blocks,
      };
      await post(hookOf(environment, target), JSON.stringify(body));
    },
  };
}

/** Cuts no escaped character in half. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/&[a-z]*$/, '')}…`;

/** The three characters that Slack interprets. */
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
