import { useState } from 'react';

import { text } from './use-submit';

/** Keeps whether a new password was repeated as it is; `name` is its field in the form. */
export function useNewPassword(name: string) {
  const [differs, setDiffers] = useState(false);

  return {
    /** The new password, unless its repetition differs. */
    read: (form: FormData): string | undefined => {
      const password = text(form, name);
      const same = password === text(form, 'repeated_password');
      setDiffers(!same);
      return same ? password : undefined;
    },
    fields: { name, differs, onRepeat: () => setDiffers(false) },
  };
}
