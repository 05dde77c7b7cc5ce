import { UserError } from '../core/errors.ts';
import { type OperationPorts } from './ports.ts';

/** Finds the report of a verdict (the newest, unless said) among the stored objects. */
export const createReports = ({ pipelines, verdicts, store }: OperationPorts) => ({
  async drift(pipeline: string, verdictId?: string): Promise<{ verdict: string; reportKey: string; html: string }> {
    await pipelines.applied(pipeline);
    const verdict = verdictId ? await verdicts.get(pipeline, verdictId) : (await verdicts.list(pipeline, 1))[0];
    if (!verdict?.reportKey)
      throw new UserError(
        'VERDICT_UNKNOWN',
        verdict
          ? `The report of verdict ${verdict.id} is not written yet. Ask again in a moment.`
          : `${pipeline} has no verdict yet. Check its drift with: perennial run monitoring ${pipeline}`,
      );
    const html = new TextDecoder().decode(await store.get(verdict.reportKey));
    return { verdict: verdict.id, reportKey: verdict.reportKey, html };
  },
});
