import { operator } from '../../core/base/actor.ts';
import { createOperations, type OperationPorts, type Operations } from '../../operations/index.ts';

export const ada = operator('ada', 'cli');

/** What operations do for Ada, with those ports that a test has. */
export const asAda = (ports: object): Operations => createOperations(ports as OperationPorts).as(ada);
