import { devServer, eventually } from '../support/temporal/dev-server.ts';
import { trainingScript } from '../support/temporal/scripts.ts';
import { bundleLoops } from '../support/temporal/workflows.ts';
import { names } from '../support/temporal/names.ts';
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

const input = { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' };
const ada = { approve: true, by: 'ada', reason: 'the card is read' };
const earlier = fileURLToPath(new URL('../support/temporal/earlier-training.ts', import.meta.url));

describe('a training that an earlier release began, and that waits for a person @slow', () => {
  const server = devServer();

  for (const { what, stored, expected } of [
    {
      what: 'promotes by the word that was stored while nobody could wake it',
      stored: ada,
      expected: 'approved by ada: the card is read (gate: better by 0.04)',
    },
    { what: 'is refused when no word was stored', stored: null, expected: 'nobody approved it within 3 days' },
  ])
    it(what, async () => {
      const { openTrainingRun, ...others } = trainingScript({ mlp: 0.8 });
      const script = {
        ...others,
        openTrainingRun: () => ({ ...(openTrainingRun!(input) as object), approval: 'person' }),
        // Longer than the earlier release takes to stop, on a busy machine too.
        askForApproval: () => ({ decision: null, until: '2026-01-14T03:00Z', within: '3 days', milliseconds: 8_000 }),
        lookForWord: () => ({ decision: stored, milliseconds: 0 }),
      };
      const stopEarlier = await server().work(script, { workflows: await bundleLoops(earlier) });
      const run = await server().client.workflow.start('training', {
        workflowId: `earlier-${expected}`,
        taskQueue: names.queues.control,
        args: [input],
      });
      await eventually(async () => {
        const { events } = await run.fetchHistory();
        return events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
      });
      await stopEarlier();

      const stopThis = await server().work(script);
      const { reason } = (await run.result()) as { reason: string };
      await stopThis();
      assert.equal(reason, expected);
    });
});
