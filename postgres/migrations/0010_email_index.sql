-- People sign in by their e-mail address in any case: the index is of what is compared.
DROP INDEX user_details_email;
CREATE INDEX user_details_email ON user_details (lower(email));
