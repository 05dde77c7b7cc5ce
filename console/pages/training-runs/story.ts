import { type Moment, type Story } from '../../../core/story/story.ts';
import { html, type Html } from '../../../pages/html.ts';
import { table } from '../../../pages/table.ts';
import { type Known } from '../../context.ts';
import { time, unknown } from '../../elements.ts';
import { type Section } from '../../layout.ts';

/** From the first alarm to what came of it, as "perennial explain" tells it. */
export const storySection = ({ value: story, problem }: Known<Story>): Section => ({
  id: 'story',
  heading: 'Why it was trained, and what came of it',
  content: story === null ? unknown('The story', problem) : told(story),
});

const told = ({ moments, waiting, askedBy }: Story): Html =>
  html`${askedBy === null ? null : html`<p>Asked for by ${askedBy}.</p>`}
  ${listed('What happened, in the order of time', moments)}
  ${waiting.length === 0 ? null : html`<h3>Waiting for the next training</h3> ${listed('What waits for the next training', waiting)}`}`; // prettier-ignore

const listed = (title: string, moments: Moment[]): Html =>
  table<Moment>(
    title,
    [
      { head: 'What', cell: ({ chapter }) => chapter },
      { head: 'When', cell: ({ at }) => (at === null ? '' : time(at)) },
      { head: 'Told', words: true, cell: ({ says }) => says },
    ],
    moments,
    'Nothing is known of it.',
  );
