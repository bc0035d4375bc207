import { Uploads } from './uploads';

let current: Uploads | undefined;

/** The uploads of the user who is signed in; another one's are stopped. */
export function uploadsOf(userId: string): Uploads {
  if (current?.userId !== userId) {
    current?.end();
    current = new Uploads(userId);
  }
  return current;
}
