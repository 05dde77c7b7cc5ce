import { operator } from '../../core/access/actor.ts';
import { type Audit } from '../../core/runs/audit.ts';
import { type AskedBy, createDoor, type OperationTree } from '../../operations/door.ts';

export const ada = operator('ada', 'cli');

const unread: Audit = { record: async () => undefined };

/** Operations as Ada asks them. */
export const asAda = <Tree extends OperationTree>(operations: Tree, audit = unread): AskedBy<Tree> =>
  createDoor(operations, audit).as(ada);
