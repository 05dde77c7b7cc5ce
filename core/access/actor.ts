/** The channel of a request. */
export type Way = 'cli' | 'console' | 'api' | 'automation';
export type Role = 'viewer' | 'operator' | 'admin';
export type Permission = 'read' | 'act' | 'admin';

/** Who makes a request: a person, the holder of a key, or a program. */
export interface Actor {
  name: string;
  from: Way;
  role: Role;
}

export const operator = (name: string, from: Way): Actor => ({ name, from, role: 'operator' });

const permissions: Record<Role, readonly Permission[]> = {
  viewer: ['read'],
  operator: ['read', 'act'],
  admin: ['read', 'act', 'admin'],
};
export const may = ({ role }: Actor, permission: Permission): boolean => permissions[role].includes(permission);
