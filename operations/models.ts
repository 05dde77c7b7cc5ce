import { UserError } from '../core/errors.ts';
import { versionName } from '../core/ids.ts';
import { type CandidateResult, type ModelVersion, type Traffic } from '../core/training.ts';
import { type OperationPorts } from './ports.ts';

/** What people do with model versions. All of it works with Temporal down: the traffic row is in Postgres. */
export const createModels = ({ pipelines, registry }: OperationPorts) => {
  async function serve(pipeline: string, version: number, by: string, reason: string): Promise<Traffic> {
    const traffic = await registry.traffic(pipeline);
    const expectedGeneration = traffic?.generation ?? 0;
    return registry.promote({ pipeline, version, expectedGeneration, by, reason });
  }

  return {
    async list(pipeline: string): Promise<ModelVersion[]> {
      await pipelines.applied(pipeline);
      return registry.versions(pipeline);
    },

    /** What was tried in a training run, with what the selection split said of each. */
    candidates: (trainingRun: string): Promise<CandidateResult[]> => registry.candidates(trainingRun),

    async promote({
      pipeline,
      version,
      by,
      reason,
    }: {
      pipeline: string;
      version: number;
      by: string;
      reason: string;
    }) {
      await pipelines.applied(pipeline);
      return serve(pipeline, version, by, reason);
    },

    /** Gives traffic back to the version that served before. */
    async rollBack({ pipeline, by, reason }: { pipeline: string; by: string; reason: string }) {
      await pipelines.applied(pipeline);
      const traffic = await registry.traffic(pipeline);
      if (traffic?.previous != null) return serve(pipeline, traffic.previous, by, reason);
      const serving = traffic?.shares[0]?.version;
      throw new UserError(
        'NOTHING_TO_ROLL_BACK_TO',
        `${pipeline} has no earlier champion: ${serving === undefined ? 'nothing serves yet' : `${versionName(serving)} is its first`}. ` +
          `Versions that could be promoted are listed by: perennial models ${pipeline}`,
      );
    },
  };
};
