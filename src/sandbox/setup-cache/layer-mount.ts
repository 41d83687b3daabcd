/** The lines of the launch script that mount a set-up layer under a commit's files. Pure. */
import { shellQuote } from '../../shared/shell.js';

/**
 * The lines that run before the commit's files are unpacked. They set `$into`, the folder to unpack into. The layer
 * becomes the lower layer of an overlay, so it is never written to; the upper layer is in the sandbox's own file
 * system. Where both have a path, the commit's file or folder wins. Where the kernel has no overlay, or not for this
 * user, the layer is copied instead.
 * @param slotUser whether the command runs as a separate user, which must own the folders
 */
export function mountBeforeFiles(layer: string | null, slotUser: boolean): string[] {
  if (layer === null) return ['into=tree'];
  // With redirect_dir, the overlay records renamed folders. In a user namespace that is not allowed, so `mv` copies.
  const options = slotUser ? 'redirect_dir=on' : 'userxattr';
  const give = (what: string) => (slotUser ? `; chown ${what}` : '');
  return [
    // Bind-mounted under a short name, because a comma or colon in the path would break the overlay's options.
    `mkdir layer over-tree over-home work-tree work-home${give('"$uid:$uid" over-tree over-home')}`,
    `mount --bind ${shellQuote(layer)} layer`,
    `lay() { mount -t overlay -o ${options},lowerdir=layer/$1,upperdir=over-$1,workdir=work-$1 layer $1; }`,
    'if lay tree 2>/dev/null; then umount tree; into=over-tree; else into=tree',
    `cp -R -p layer/tree/. tree; cp -R -p layer/home/. home${give('-R "$uid:$uid" tree home')}; fi`,
  ];
}

/** The lines that run after the commit's files are unpacked. */
export function mountAfterFiles(layer: string | null): string[] {
  return layer === null ? [] : ['[ $into = tree ] || { lay tree; lay home; }'];
}
