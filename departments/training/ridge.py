"""Ridge regression of many heads at once, in closed form (the dual problem), in half a matrix.

The inverse of the Cholesky factor is built row block by row block in the place of the similarities: it gives every
head, and what each example would score if it were left out, and the inverse itself is never whole in memory.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ROWS_AT_A_TIME = 512


def solved(similarity: list[Floats], targets: Floats, *, ridge: Floats, bias: float) -> tuple[Floats, Floats]:
    """The dual weight of each example on each head, and what the heads say of it when it is left out.

    `ridge` is how freely the heads may pass by each example: half as freely is as if it stood there twice.
    `similarity` is what FeatureMatrix.similarity gives for ROWS_AT_A_TIME; it is overwritten.
    """
    for block in similarity:
        rows, last = block.shape
        np.add(block, bias, out=block)
        block[np.arange(rows), np.arange(last - rows, last)] += ridge[last - rows : last]
    _to_inverse_factor(similarity)
    duals, diagonal = np.zeros_like(targets), np.zeros(len(targets), dtype=np.float32)
    for factor in similarity:
        last = factor.shape[1]
        duals[:last] += factor.T @ (factor @ targets[:last])
        diagonal[:last] += np.einsum("ij,ij->j", factor, factor)
    return duals, targets - duals / diagonal[:, None]


def _to_inverse_factor(blocks: list[Floats]) -> None:
    """Of the lower triangle of a positive matrix the inverse of its Cholesky factor, in its place."""
    for number, block in enumerate(blocks):
        done = blocks[:number]
        first = block.shape[1] - len(block)
        before, corner = block[:, :first], block[:, first:]
        factor = np.empty_like(before)
        for other in done:
            end = other.shape[1]
            factor[:, end - len(other) : end] = before[:, :end] @ other.T
        whole = np.tril(corner) + np.tril(corner, -1).T - factor @ factor.T
        corner[:] = np.tril(np.linalg.inv(np.linalg.cholesky(whole)))
        before[:] = 0
        for other in done:
            end = other.shape[1]
            before[:, :end] += factor[:, end - len(other) : end] @ other
        before[:] = -corner @ before
