"""How long torchvision takes to read a folder of images: run by `benchmark_images.py`.

python torch_images.py FOLDER    prints seconds, imports left out
"""

import sys
import time

from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor


def main() -> None:
    """Reads every image once, with two workers, and prints the seconds."""
    began = time.perf_counter()
    images = ImageFolder(sys.argv[1], transform=ToTensor())
    count = sum(
        len(batch) for batch, _ in DataLoader(images, batch_size=256, num_workers=2)
    )
    print(time.perf_counter() - began, count)


if __name__ == "__main__":
    main()
