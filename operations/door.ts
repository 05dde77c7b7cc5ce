import { may, type Actor, type Permission, type Role } from '../core/access/actor.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Audit, AuditEntry } from '../core/runs/audit.ts';

/** The actor of an operation that changes something. */
export interface Asked {
  actor: Actor;
  /** Writes the audit row, unless the change writes its own in one transaction with itself. */
  record(entry: Omit<AuditEntry, 'who' | 'from'>): Promise<void>;
}

type Run = (...given: never[]) => Promise<unknown>;

/** An operation, for actors with the permission that it needs. */
export interface Operation<R extends Run> {
  needs: Permission;
  runFor(asked: Asked): R;
}
export interface OperationTree {
  [name: string]: Operation<Run> | OperationTree;
}
/** The operations of one actor. */
export type AskedBy<T> = { [K in keyof T]: T[K] extends Operation<infer R> ? R : AskedBy<T[K]> };

export const reads = <R extends Run>(run: R): Operation<R> => ({ needs: 'read', runFor: () => run });
/** What some data may be asked for by everybody, and other data only by some: it decides by the actor. */
export const readsAs = <R extends Run>(runFor: (asked: Asked) => R): Operation<R> => ({ needs: 'read', runFor });
export const acts = <R extends Run>(runFor: (asked: Asked) => R): Operation<R> => ({ needs: 'act', runFor });

/** What only an administrator may ask, to see as well as to change. */
export const administers = <R extends Run>(runFor: (asked: Asked) => R): Operation<R> => ({ needs: 'admin', runFor });

/** The only way to operations: it takes the actor, checks the permission, and signs the audit row. */
export const createDoor = <Tree extends OperationTree>(tree: Tree, audit: Audit) => ({
  as(actor: Actor): AskedBy<Tree> {
    const record: Asked['record'] = (entry) => audit.record({ who: actor.name, from: actor.from, ...entry });
    return openedFor({ actor, record }, tree, []) as AskedBy<Tree>;
  },
});

function openedFor(asked: Asked, tree: OperationTree, path: string[]): object {
  const entries = Object.entries(tree).map(([name, part]) => {
    const here = [...path, name];
    return [name, isOperation(part) ? guarded(asked, part, here.join('.')) : openedFor(asked, part, here)];
  });
  return Object.fromEntries(entries) as object;
}

const isOperation = (part: Operation<Run> | OperationTree): part is Operation<Run> => typeof part.runFor === 'function';

function guarded(asked: Asked, { needs, runFor }: Operation<Run>, name: string): Run {
  const run = runFor(asked);
  return async (...given) => {
    if (may(asked.actor, needs)) return run(...given);
    throw notPermitted(asked.actor, name, needs);
  };
}

const titles: Record<Role, string> = { viewer: 'a viewer', operator: 'an operator', admin: 'an administrator' };

const notPermitted = ({ name: who, role }: Actor, what: string, needs: Permission): UserError =>
  new UserError(
    'NOT_PERMITTED',
    `${who} is ${titles[role]} and may not ask for ${what}. Nothing was done. ` +
      `Ask ${titles[needs === 'admin' ? 'admin' : 'operator']}.`,
  );
