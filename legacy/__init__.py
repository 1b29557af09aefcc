"""The documents' programs, on tf.compat.v1: placeholders, sessions, feed_dict."""
