/** The lines of the launcher's script that put a set-up's layer under a commit's files. Pure. */
import { shellQuote } from '../../shared/shell.js';

/**
 * Before the commit's files come: sets `$into`, the folder to put them in. The layer goes under them as an
 * overlay, whose upper side is the sandbox's own file system: it is read where it lies, nothing is ever written
 * there, and what the commit has of the same name stays, file or folder. Where the kernel has no overlay, or none
 * for this user, it is a copy.
 * @param slotUser whether the command has a user of its own, to whom the folders are given
 */
export function mountBeforeFiles(layer: string | null, slotUser: boolean): string[] {
  if (layer === null) return ['into=tree'];
  // Where it may, an overlay notes renamed folders; in a user namespace it may not, and `mv` copies them.
  const options = slotUser ? 'redirect_dir=on' : 'userxattr';
  const give = (what: string) => (slotUser ? `; chown ${what}` : '');
  return [
    // Reached by a short name: a comma or a colon in a path would be one in the overlay's options.
    `mkdir layer over-tree over-home work-tree work-home${give('"$uid:$uid" over-tree over-home')}`,
    `mount --bind ${shellQuote(layer)} layer`,
    `lay() { mount -t overlay -o ${options},lowerdir=layer/$1,upperdir=over-$1,workdir=work-$1 layer $1; }`,
    'if lay tree 2>/dev/null; then umount tree; into=over-tree; else into=tree',
    `cp -R -p layer/tree/. tree; cp -R -p layer/home/. home${give('-R "$uid:$uid" tree home')}; fi`,
  ];
}

/** When they are there. */
export function mountAfterFiles(layer: string | null): string[] {
  return layer === null ? [] : ['[ $into = tree ] || { lay tree; lay home; }'];
}
