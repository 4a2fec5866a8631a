"""The two towers of the tiny CLIP: a convolutional stem with transformer blocks for pictures, a causal transformer for captions."""
import torch
from torch import nn

SIDE = 64  # pixels of the input
CONTEXT = 32  # tokens of a caption at most, both special ones included
WIDTH = 128  # of both transformers and of the embedding
HEADS = 4


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


class Convolution(nn.Module):
    def __init__(self, inward, outward, stride):
        super().__init__()
        self.conv = nn.Conv2d(inward, outward, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outward)

    def forward(self, x):
        return self.norm(self.conv(x)).relu_()


class Block(nn.Module):
    """A pre-norm transformer block. The mask, where given, is added to the attention scores."""

    def __init__(self, ratio):
        super().__init__()
        self.before_attention, self.before_mlp = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, ratio * WIDTH), nn.Linear(ratio * WIDTH, WIDTH)

    def forward(self, x, mask=None):
        x = x + self.attend(self.before_attention(x), mask)
        return x + self.down(quick_gelu(self.up(self.before_mlp(x))))

    def attend(self, x, mask):
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5
        if mask is not None:
            scores = scores + mask
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, WIDTH))


class Vision(nn.Module):
    """pixel_values [batch, 3, 64, 64] to image_embeds [batch, 128], not normalised."""

    def __init__(self, blocks=2):
        super().__init__()
        self.stem = nn.Sequential(Convolution(3, 32, 2), Convolution(32, 64, 2), Convolution(64, WIDTH, 2), Convolution(WIDTH, WIDTH, 1))
        self.position = nn.Parameter(torch.randn((SIDE // 8) ** 2, WIDTH) * 0.1)
        self.blocks = nn.ModuleList(Block(2) for _ in range(blocks))
        self.norm = nn.LayerNorm(WIDTH)
        self.projection = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, pixel_values):
        x = self.stem(pixel_values).flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            x = block(x)
        return self.projection(self.norm(x.mean(1)))


class Text(nn.Module):
    """input_ids [batch, length] to text_embeds [batch, 128], pooled at the first end token, not normalised."""

    def __init__(self, tokens, blocks=2):
        super().__init__()
        self.end = tokens - 1
        self.token = nn.Embedding(tokens, WIDTH)
        nn.init.normal_(self.token.weight, std=0.1)
        self.position = nn.Parameter(torch.randn(CONTEXT, WIDTH) * 0.05)
        self.blocks = nn.ModuleList(Block(2) for _ in range(blocks))
        self.norm = nn.LayerNorm(WIDTH)
        self.projection = nn.Linear(WIDTH, WIDTH, bias=False)
        # A large negative number in place of infinity, so that no runtime turns 0·inf into NaN.
        self.register_buffer("causal", torch.full((CONTEXT, CONTEXT), -1e4).triu(1), persistent=False)

    def forward(self, input_ids):
        length = input_ids.shape[1]
        x = self.token(input_ids) + self.position[:length]
        for block in self.blocks:
            x = block(x, self.causal[:length, :length])
        last = (input_ids == self.end).int().argmax(-1)
        pooled = x.gather(1, last[:, None, None].expand(-1, 1, WIDTH)).squeeze(1)
        return self.projection(self.norm(pooled))
