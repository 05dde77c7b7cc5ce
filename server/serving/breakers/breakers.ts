import { versionName } from '../../../core/base/ids.ts';
import { breakerPolicyOf } from '../../../core/declaration/serving.ts';
import { milliseconds } from '../../../core/time/time.ts';
import { type Log } from '../../shipping/spool.ts';
import { createBreaker, type Breaker } from './breaker.ts';
import { type LoadedModel } from '../models/load-model.ts';
import { type LoadedVersion } from '../serving.ts';

/** A breaker for each version in memory, by its own declaration; it outlives changes of the traffic. */
export interface Breakers {
  of(version: LoadedVersion): Breaker;
  succeeded(version: LoadedVersion): void;
  failed(version: LoadedVersion, now: number, why: string): void;
}

export function createBreakers(log: Log): Breakers {
  const breakers = new WeakMap<LoadedModel, Breaker>();

  function of({ model, pipeline }: LoadedVersion): Breaker {
    let breaker = breakers.get(model);
    if (!breaker) {
      const { failures, rest } = breakerPolicyOf(pipeline);
      breakers.set(model, (breaker = createBreaker({ failures, restMs: milliseconds(rest) })));
    }
    return breaker;
  }

  return {
    of,
    succeeded(version) {
      if (of(version).succeeded()) log.info(fieldsOf(version), `${nameOf(version)} answers again`);
    },
    failed(version, now, why) {
      if (!of(version).failed(now, why)) return;
      const { failures, rest } = breakerPolicyOf(version.pipeline);
      log.error(fieldsOf(version), `${nameOf(version)} rests for ${rest} after ${failures} failures in a row: ${why}`);
    },
  };
}

const nameOf = ({ model, pipeline }: LoadedVersion): string => `${pipeline.name} ${versionName(model.version)}`;
const fieldsOf = ({ model, pipeline }: LoadedVersion) => ({ pipeline: pipeline.name, version: model.version });
