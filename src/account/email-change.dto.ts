import { z } from 'zod';
import { PasswordField } from '../auth/passwords/passwords.dto.js';
import { EmailField } from '../users/user.dto.js';

export const EmailChangeSchema = z
  .strictObject({ new_email: EmailField, password: PasswordField })
  .meta({ id: 'EmailChange' });
