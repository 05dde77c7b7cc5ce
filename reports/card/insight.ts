import { html, nothing, type Html } from '../../pages/html.ts';
import { insightInWords } from '../../pages/insight.ts';
import { type ModelCard } from './model-card.ts';

/** What the version goes by. Versions of earlier releases were not asked. */
export const insightSection = ({ insight, pipeline }: ModelCard): Html =>
  insight
    ? html`<section>
        <h2>What it goes by</h2>
        ${insightInWords(insight, pipeline.label.kind === 'number')}
      </section>`
    : nothing;
