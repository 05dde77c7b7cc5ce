import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import {
  checkedAlias,
  checkNote,
  checkTags,
  isAlias,
  numberIn,
  type Changes,
  type Described,
  type VersionNames,
} from '../core/training/versions/version-names.ts';
import { acts, reads } from './door.ts';

export interface VersionNamePorts {
  pipelines: Pick<Pipelines, 'applied'>;
  versionNames: VersionNames;
}

interface OfVersion {
  pipeline: string;
  version: number;
}

/** What people call versions, and keep with them. */
export const createVersionNaming = ({ pipelines, versionNames }: VersionNamePorts) => ({
  /** The number of a version as people name it: v3, 3 or an alias. Throws MODEL_UNKNOWN for an alias that none has. */
  named: reads(async (pipeline: string, text: string): Promise<number> => {
    const number = numberIn(text) ?? (isAlias(text) ? await versionNames.numberOf(pipeline, text) : null);
    if (number !== null) return number;
    await pipelines.applied(pipeline);
    throw new UserError(
      'MODEL_UNKNOWN',
      `"${text}" is not a version of ${pipeline}. Write v3, 3 or an alias; see: perennial models ${pipeline}`,
    );
  }),

  /** Gives a version an alias, which leaves the version that had it. */
  alias: acts(({ actor }) => async ({ alias, ...of }: OfVersion & { alias: string }) => {
    await pipelines.applied(of.pipeline);
    return versionNames.give({ ...of, alias: checkedAlias(alias), by: actor.name, from: actor.from });
  }),

  unalias: acts(({ actor }) => async ({ alias, ...of }: OfVersion & { alias: string }): Promise<void> => {
    await pipelines.applied(of.pipeline);
    if (await versionNames.take({ ...of, alias, by: actor.name, from: actor.from })) return;
    throw new UserError('REQUEST_INVALID', `Nothing was changed: v${of.version} of ${of.pipeline} has no alias "${alias}".`);
  }),

  /** Sets or removes tags, and the note. */
  describe: acts(({ actor }) => async ({ tags, note, ...of }: OfVersion & Changes): Promise<Described> => {
    await pipelines.applied(of.pipeline);
    checkTags(tags ?? {});
    checkNote(note ?? '');
    return versionNames.describe({ ...of, tags, note, by: actor.name, from: actor.from });
  }),
}); // prettier-ignore
