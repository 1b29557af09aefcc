"""`tf.contrib.tensorboard.plugins.projector`: embeddings for TensorBoard, whose own module it became.

Source: tensorflow/contrib/tensorboard/plugins/projector/__init__.py, TensorFlow 1.15.
"""

from tensorboard.plugins.projector import EmbeddingInfo, ProjectorConfig, SpriteMetadata, visualize_embeddings

__all__ = ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]
