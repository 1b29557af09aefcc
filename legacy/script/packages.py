"""Which packages a program imports that are not installed here, and how they are installed."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from legacy.script import gone
from legacy.script.modules_2 import MODULES as PYTHON_2

# The packages that programs of those years import: by their own name, or by another on the index.
SAME = """
annoy arff bokeh boto3 chainer click cython deap dill distance docopt editdistance emoji evaluate flask ftfy
fuzzywuzzy gensim graphviz gym h5py imageio ipdb ipywidgets jieba joblib jsonlines konlpy langdetect lasagne
Levenshtein librosa lightgbm lmdb lxml marisa_trie matplotlib mido mock msgpack music21 mutagen networkx nltk numba
numpy opencc ordered_set orderedset pandas paramiko peewee pexpect plotly praw pretty_midi prettytable prettytensor
psutil pyaudio pydot pydub pygame pyhocon pymongo pypinyin pyprind python_speech_features redis regex requests rouge
sacrebleu scipy scrapy seaborn sentencepiece simplejson sklearn_crfsuite smart_open soundfile sox spacy statsmodels
svgwrite sympy tables tabulate tensorflow_addons tensorflow_hub termcolor textblob tflearn theano toolz torch
torchfile torchvision tornado tqdm tweepy ujson unidecode urllib3 visdom wandb wget word2vec wordcloud xgboost xlrd
xlwt xmltodict
""".split()
NAMES = dict(zip(SAME, SAME)) | {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Image": "pillow",
    "MeCab": "mecab-python3",
    "MySQLdb": "mysqlclient",
    "OpenGL": "PyOpenGL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "git": "GitPython",
    "google": "protobuf",
    "IPython": "ipython",
    "midi": "python3-midi",
    "pandas_datareader": "pandas-datareader",
    "past": "future",
    "builtins": "future",
    "progressbar": "progressbar2",
    "pycrfsuite": "python-crfsuite",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sonnet": "dm-sonnet==1.36",
    "speech_recognition": "SpeechRecognition",
    "telegram": "python-telegram-bot",
    "tensorlayer": "tensorlayer==1.11.1",
    "skopt": "scikit-optimize",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}


def is_there(name, python=3):
    """Whether `import name` finds a module that is not the program's own: Python's, an installed one, or one of then."""
    top = name.partition(".")[0]
    if top in ("tensorflow", "input_data") or top in gone.MODULES or top in sys.builtin_module_names:
        return True
    if python == 2 and (top in PYTHON_2 or top == "__builtin__"):
        return True
    return PathFinder.find_spec(top) is not None


def missing(program):
    """Returns the imports of packages that are not there, the first of each; the sure ones first."""
    found = {}
    for each in sorted(program.imports, key=lambda each: not each.sure):
        top = each.name.partition(".")[0]
        if top not in found and not is_there(top, program.python):
            found[top] = each
    return found


class MissingModules(ImportError):
    """A program imports packages that are not installed here: `found`, top name -> Import."""

    def __init__(self, found, places):
        """places: top name -> where it is imported, "line 3"."""
        names = ", ".join(f"{top} ({places[top]})" for top in found)
        text = (
            f"the module {names} is not installed here"
            if len(found) == 1
            else f"modules that are not installed here: {names}"
        )
        install = dict.fromkeys(NAMES[top] for top in found if top in NAMES)
        unknown = [top for top in found if top not in NAMES]
        if install:
            text += f"; {Path(sys.executable).name} -m pip install {' '.join(install)}"
        if unknown:
            text += f"; a file of its own that is not there, or a package that is not known here: {', '.join(unknown)}"
        super().__init__(text)
        self.found = found
