namespace ModelOps.Worker.Torch.Network;

/// <summary>y = x·Wᵀ + b (+ the low-rank update of the pass's adapter), as the engine's <c>Linear</c>. x [.., I], y [.., O].</summary>
internal sealed class TorchLinear(Tensor weight, Tensor? bias, TorchUpdate?[] updates)
{
    public Tensor Forward(TorchPass pass, Tensor x)
    {
        // A trained weight is held in f32 and rounded for the product; a frozen one is in the type of the activations already.
        var y = torch.nn.functional.linear(x, weight.to(x.dtype), bias?.to(x.dtype));
        return pass.Adapter >= 0 && pass.Adapter < updates.Length && updates[pass.Adapter] is { } update ? y + update.Forward(pass, x) : y;
    }
}

/// <summary>s·(drop(x)·Aᵀ)·Bᵀ (Hu et al., 2021, arXiv:2106.09685), A [r, I] and B [O, r] in f32.</summary>
internal sealed class TorchUpdate(Tensor a, Tensor b, double scale)
{
    public Tensor Forward(TorchPass pass, Tensor x)
    {
        var input = pass.Dropout > 0 ? torch.nn.functional.dropout(x, pass.Dropout, training: true) : x;
        return torch.nn.functional.linear(torch.nn.functional.linear(input, a.to(x.dtype)) * scale, b.to(x.dtype));
    }
}

/// <summary>x·w over the root of the mean square, in f32. w [W].</summary>
internal sealed class TorchNorm(Tensor weight, double epsilon)
{
    public Tensor Forward(Tensor x)
    {
        var wide = x.to(ScalarType.Float32);
        return (wide * (wide.square().mean(new long[] { -1 }, keepdim: true) + epsilon).rsqrt() * weight).to(x.dtype);
    }
}
