using ModelOps.Engine.Models;

namespace ModelOps.Worker.Torch.Network;

/// <summary>
/// x + attention(norm(x)), then x + MLP(norm(x)): the engine's <c>DecoderLayer</c>, in its order. B rows of T tokens, C hidden width, H query
/// heads, KV key heads, D head width.
/// </summary>
internal sealed class TorchLayer(
    LlamaConfig config, int index, TorchNorm inputNorm, TorchNorm postNorm, TorchNorm? queryNorm, TorchNorm? keyNorm, TorchLinear[] linear)
{
    private const int Q = 0, K = 1, V = 2, O = 3, GateProj = 4, UpProj = 5, DownProj = 6; // as in LlamaWeightNames.LinearModules

    /// <param name="x">[B, T, C]</param>
    public Tensor Forward(TorchPass pass, Tensor x)
    {
        pass.EnterLayer(index);
        var middle = x + linear[O].Forward(pass, Attention(pass, inputNorm.Forward(x)));
        var normed = postNorm.Forward(middle);
        return middle + linear[DownProj].Forward(pass, linear[GateProj].Forward(pass, normed).silu() * linear[UpProj].Forward(pass, normed));
    }

    /// <summary>[B, T, C] to the heads' output [B, T, H·D].</summary>
    private Tensor Attention(TorchPass pass, Tensor normed)
    {
        long rows = normed.shape[0], tokens = normed.shape[1], heads = config.HeadCount, keyHeads = config.KeyValueHeadCount, size = config.HeadSize;
        var query = Heads(linear[Q].Forward(pass, normed), heads, queryNorm);
        var key = Heads(linear[K].Forward(pass, normed), keyHeads, keyNorm);
        var value = linear[V].Forward(pass, normed).view(rows, tokens, keyHeads, size).transpose(1, 2);
        query = Rotate(pass, query);
        key = Rotate(pass, key);
        if (pass.Cache is { } cache)
            (key, value) = cache.Append(index, key, value);
        // Query heads of one key head side by side: [B, KV, H/KV, T, D] against [B, KV, 1, S, D].
        var grouped = query.reshape(rows, keyHeads, heads / keyHeads, tokens, size);
        var scores = grouped.matmul(key.unsqueeze(2).transpose(-1, -2)).to(ScalarType.Float32) * (1 / Math.Sqrt(size));
        if (pass.Mask is { } mask)
            scores = scores + mask;
        var output = scores.softmax(-1).to(value.dtype).matmul(value.unsqueeze(2));
        return output.reshape(rows, heads, tokens, size).transpose(1, 2).reshape(rows, tokens, heads * size);
    }

    private Tensor Heads(Tensor x, long heads, TorchNorm? norm)
    {
        var split = x.view(x.shape[0], x.shape[1], heads, config.HeadSize);
        return (norm is null ? split : norm.Forward(split)).transpose(1, 2);
    }

    /// <summary>Half-split: element i of a head turns with element i + D/2 (Su et al., 2021, arXiv:2104.09864).</summary>
    private Tensor Rotate(TorchPass pass, Tensor x)
    {
        long half = config.HeadSize / 2;
        var wide = x.to(ScalarType.Float32);
        Tensor low = wide.narrow(-1, 0, half), high = wide.narrow(-1, half, half);
        return TorchMemory.Concatenate(low * pass.Cos - high * pass.Sin, high * pass.Cos + low * pass.Sin, -1).to(x.dtype);
    }
}
