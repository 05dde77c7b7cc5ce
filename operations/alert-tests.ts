import { LONGEST_TEST_MS, testMessage, type Tested, type TestMessages } from '../core/alerts/test-messages.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { SECOND } from '../core/time/time.ts';
import { acts } from './door.ts';
import { recipientsOf, type RecipientPorts } from './recipients.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Servers look for messages every two seconds, and abandon an attempt after a minute. */
const PATIENCE_MS = 75 * SECOND;
const LOOK_MS = SECOND / 4;

export interface AlertTestPorts extends RecipientPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declared'>;
  testMessages: TestMessages;
}

export const createAlertTests = ({ pipelines, reaches, testMessages }: AlertTestPorts, patienceMs = PATIENCE_MS) => ({
  /** Sends a test message to everybody who can get alerts of a pipeline, and waits for what becomes of each. */
  test: acts(({ actor, record }) => async (pipeline: string): Promise<Tested[]> => {
    await pipelines.applied(pipeline);
    const recipients = (await recipientsOf({ pipelines, reaches }, [pipeline])).get(pipeline) ?? [];
    if (recipients.length === 0)
      throw new UserError(
        'REQUEST_INVALID',
        `Nobody is told of alerts of ${pipeline}: no recipients are declared. Declare some, such as ` +
          "notifications: { email: ['team@example.com'] }, then: perennial apply",
      );
    const id = await testMessages.send(pipeline, recipients, testMessage(pipeline, actor.name));
    await record({ action: 'test alert channels', pipeline, details: { recipients: recipients.length } });
    const until = Date.now() + Math.min(patienceMs, LONGEST_TEST_MS);
    try {
      for (;;) {
        const results = await testMessages.results(id);
        if (results.every(({ arrived, error }) => arrived || error !== null) || Date.now() >= until) return results;
        await sleep(LOOK_MS);
      }
    } finally {
      await testMessages.end(id);
    }
  }),
});
