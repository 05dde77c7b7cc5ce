import type { Channel } from '../../core/channels/channel.ts';
import { layoutOf } from '../../core/channels/layout.ts';
import { pageOf } from './linked.ts';
import { createPost, hookOf, type Environment, type LinkedOptions } from './post.ts';

/** Posts a message as an adaptive card to the web hook of a Teams workflow. The target is the variable with its address. */
export function createTeams(
  environment: Environment,
  { privateHooks = false, publicUrl = null }: Partial<LinkedOptions> = {},
): Channel {
  const post = createPost({ privateHooks });
  return {
    async send(message) {
      const { title, tone, paragraphs } = layoutOf(message);
      const colours = { critical: 'Attention', warning: 'Warning', good: 'Good' };
      const card = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        msteams: { width: 'Full' },
        body: [
          run(title, { size: 'Medium', weight: 'Bolder', color: colours[tone] }),
          ...paragraphs.flatMap((paragraph) =>
            paragraph.split('\n').map((line, i) => ({ ...run(line), spacing: i === 0 ? 'Medium' : 'None' })),
          ),
        ],
        ...(publicUrl !== null && {
          actions: [{ type: 'Action.OpenUrl', title: 'Open in the console', url: pageOf(message, publicUrl) }],
        }),
      };
      const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }];
      await post(hookOf(environment, message.target), JSON.stringify({ type: 'message', attachments }));
    },
  };
}

/** Unlike a TextBlock, a TextRun takes its text as it is: a column's name can look like Markdown. */
const run = (text: string, style: object = {}): object => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...style }],
});
