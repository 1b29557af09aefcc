"""The same programs as one writes them today, in Keras 3 on TensorFlow 2."""
