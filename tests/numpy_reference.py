"""The network, its penalty, its gradient and Adam in float64 NumPy, derived by hand: shares no code with jaxreg or JAX.

Everything follows the textbook order: convolution, bias, normalization, activation, then pooling.
"""

import numpy as np

CONVS = ((1, True), (0, True), (0, False))  # padding, pooled
EPSILON = 1e-5


def conv_forward(x, kernel, bias, padding):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))  # [B, H', W', C, 3, 3]
    return np.einsum("bhwcij,ijcf->bhwf", windows, kernel) + bias, (windows, x.shape)


def conv_backward(dy, kernel, padding, saved):
    windows, padded_shape = saved
    d_kernel = np.einsum("bhwcij,bhwf->ijcf", windows, dy)
    dx = np.zeros(padded_shape)
    h, w = dy.shape[1:3]
    for i in range(3):
        for j in range(3):
            dx[:, i : i + h, j : j + w] += dy @ kernel[i, j].T
    dx = dx[:, padding : dx.shape[1] - padding, padding : dx.shape[2] - padding]
    return dx, d_kernel, dy.sum((0, 1, 2))


def norm_axes(kind, ndim):
    return tuple(range(ndim - 1)) if kind == "batch" else tuple(range(1, ndim))


def norm_forward(kind, u, scale, shift):
    if kind == "none":
        return u, None
    axes = norm_axes(kind, u.ndim)
    mean, var = u.mean(axes, keepdims=True), u.var(axes, keepdims=True)
    u_hat = (u - mean) / np.sqrt(var + EPSILON)
    return scale * u_hat + shift, (u_hat, var, mean)


def norm_backward(kind, dy, scale, saved):
    if kind == "none":
        return dy, None, None
    u_hat, var, _ = saved
    axes, channels = norm_axes(kind, dy.ndim), tuple(range(dy.ndim - 1))
    g = dy * scale
    centred = g - g.mean(axes, keepdims=True) - u_hat * (g * u_hat).mean(axes, keepdims=True)
    return centred / np.sqrt(var + EPSILON), (dy * u_hat).sum(channels), dy.sum(channels)


def pool_forward(x):
    b, h, w, c = x.shape
    windows = x.reshape(b, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4).reshape(b, h // 2, w // 2, c, 4)
    return windows.max(-1), windows.argmax(-1)


def pool_backward(dy, winner):
    b, h, w, c = dy.shape
    windows = np.eye(4)[winner] * dy[..., None]
    return windows.reshape(b, h, w, c, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(b, 2 * h, 2 * w, c)


def softmax(logits):
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def loss_and_grads(params, images, labels, kind, l1, l2, scope="kernels", loss_kind="cross_entropy"):
    """Returns the loss with penalty, its gradient (a tree like params), and each norm's (mean, var) of this batch."""
    p = params
    scale = {i: p[f"norm{i}"]["scale"] if kind != "none" else None for i in (1, 2, 3, 4)}
    shift = {i: p[f"norm{i}"]["bias"] if kind != "none" else None for i in (1, 2, 3, 4)}
    x, tape, moments = images, [], {}
    for i, (padding, pooled) in enumerate(CONVS, start=1):
        u, conv_saved = conv_forward(x, p[f"conv{i}"]["kernel"], p[f"conv{i}"]["bias"], padding)
        y, norm_saved = norm_forward(kind, u, scale[i], shift[i])
        a, winner = np.maximum(y, 0), None
        if pooled:
            a, winner = pool_forward(a)
        tape.append((conv_saved, norm_saved, y, winner))
        x = a
    flat = x.reshape(len(x), -1)
    u = flat @ p["dense1"]["kernel"] + p["dense1"]["bias"]
    y, dense_norm_saved = norm_forward(kind, u, scale[4], shift[4])
    hidden = 1 / (1 + np.exp(-y))
    logits = hidden @ p["dense2"]["kernel"] + p["dense2"]["bias"]

    onehot = np.eye(logits.shape[1])[labels]
    probs = softmax(logits)
    if loss_kind == "cross_entropy":
        data_loss = -np.log(probs[np.arange(len(labels)), labels]).mean()
        d_logits = (probs - onehot) / len(labels)
    else:  # softmax_twice: cross-entropy of Softmax applied to probabilities
        twice = softmax(probs)
        data_loss = -np.log(twice[np.arange(len(labels)), labels]).mean()
        d_probs = (twice - onehot) / len(labels)
        d_logits = probs * (d_probs - (d_probs * probs).sum(-1, keepdims=True))

    grads = {"dense2": {"kernel": hidden.T @ d_logits, "bias": d_logits.sum(0)}}
    dy = d_logits @ p["dense2"]["kernel"].T * hidden * (1 - hidden)
    du, d_scale, d_shift = norm_backward(kind, dy, scale[4], dense_norm_saved)
    grads["dense1"] = {"kernel": flat.T @ du, "bias": du.sum(0)}
    if kind != "none":
        grads["norm4"] = {"scale": d_scale, "bias": d_shift}
    dx = (du @ p["dense1"]["kernel"].T).reshape(x.shape)
    for i in (3, 2, 1):
        conv_saved, norm_saved, y, winner = tape[i - 1]
        da = dx if winner is None else pool_backward(dx, winner)
        du, d_scale, d_shift = norm_backward(kind, da * (y > 0), scale[i], norm_saved)
        dx, d_kernel, d_bias = conv_backward(du, p[f"conv{i}"]["kernel"], CONVS[i - 1][0], conv_saved)
        grads[f"conv{i}"] = {"kernel": d_kernel, "bias": d_bias}
        if kind != "none":
            grads[f"norm{i}"] = {"scale": d_scale, "bias": d_shift}

    loss = data_loss
    for layer, group in p.items():
        for name, w in group.items():
            if name == "kernel" or scope == "all":
                loss += l1 * np.abs(w).sum() + l2 * (w**2).sum()
                grads[layer][name] = grads[layer][name] + l1 * np.sign(w) + 2 * l2 * w
    if kind == "batch":
        saved = [norm for _, norm, _, _ in tape] + [dense_norm_saved]
        moments = {f"norm{i}": (s[2].ravel(), s[1].ravel()) for i, s in enumerate(saved, start=1)}
    return loss, data_loss, grads, moments


def adam_step(w, g, mu, nu, count, learning_rate):
    """Returns weights, first and second moment after Adam step number `count + 1` (Kingma & Ba 2015, algorithm 1)."""
    mu, nu = 0.9 * mu + 0.1 * g, 0.999 * nu + 0.001 * g**2
    t = count + 1
    return w - learning_rate * (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.999**t)) + 1e-8), mu, nu
