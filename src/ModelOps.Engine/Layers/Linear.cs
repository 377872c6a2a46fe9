using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>y = x·Wᵀ + b (+ the low-rank update). N rows, I inputs, O outputs. Gradients are added where a parameter is trained.</summary>
internal sealed unsafe class Linear
{
    private readonly WeightMatrix _weight;    // [O, I]
    private readonly float* _bias;            // [O] or null
    private readonly Parameter? _weightParameter;
    private readonly Parameter? _biasParameter;
    private readonly LoraUpdate?[] _updates;  // by adapter

    /// <param name="updates">Each adapter's update of this layer, null where it has none. Only the first one can be trained.</param>
    internal Linear(WeightMatrix weight, float* bias, Parameter? weightParameter, Parameter? biasParameter, LoraUpdate?[] updates)
    {
        _weight = weight;
        _bias = bias;
        _weightParameter = weightParameter;
        _biasParameter = biasParameter;
        _updates = updates;
    }

    internal int Inputs => _weight.Cols;

    internal int Outputs => _weight.Rows;

    internal bool IsTrained => _weightParameter is not null || Trained is { IsTrained: true };

    /// <summary>Largest rank of an update, 0 for none.</summary>
    internal int Rank => _updates.Max(u => u?.Rank) ?? 0;

    private LoraUpdate? Trained => _updates.Length > 0 ? _updates[0] : null;

    /// <param name="x">[N, I]</param>
    /// <param name="y">[N, O]; overwritten, or added to with <paramref name="accumulate"/>.</param>
    /// <param name="saved">[N, r] for the backward pass of the low-rank update.</param>
    internal void Forward(Pass pass, float* x, float* y, float* saved, bool accumulate)
    {
        int n = pass.Count, outputs = Outputs;
        if (pass.IsDecoding)
            pass.MultiplySmall(_weight, x, y, n, accumulate);
        else if (_weightParameter is not null)
            Gemm.MultiplyTransposedB(pass.Team, x, Inputs, _weightParameter.Value, Inputs, y, outputs, n, outputs, Inputs, accumulate);
        else
            Gemm.MultiplyTransposedB(pass.Team, x, Inputs, _weight, y, outputs, n, accumulate);
        Finish(pass, x, y, saved);
    }

    /// <summary>Layers that take the same input x [N, I]; a decoding step hands their products out together.</summary>
    internal static void Forward(Pass pass, float* x, ReadOnlySpan<LinearOutput> outputs)
    {
        if (pass.IsDecoding)
        {
            foreach (var output in outputs)
                pass.Small.Add(output.Layer._weight, output.Y, output.Layer.Outputs);
            pass.Small.Run(x, outputs[0].Layer.Inputs, pass.Count);
        }

        foreach (var output in outputs)
        {
            if (pass.IsDecoding)
                output.Layer.Finish(pass, x, output.Y, output.Saved);
            else
                output.Layer.Forward(pass, x, output.Y, output.Saved, accumulate: false);
        }
    }

    private void Finish(Pass pass, float* x, float* y, float* saved)
    {
        if (_bias != null)
            AddBias(pass, y);
        foreach (var span in pass.Adapters)
        {
            // Only training reads `saved` again, and there one span covers the batch.
            if (span.Adapter >= 0 && span.Adapter < _updates.Length)
                _updates[span.Adapter]?.Forward(pass, x + (nint)span.Start * Inputs, y + (nint)span.Start * Outputs, saved, span.Count);
        }
    }

    private void AddBias(Pass pass, float* y)
    {
        int outputs = Outputs;
        RowParts.For(pass.Team, pass.Count, outputs, (start, count) => Kernels.AddBias(y + (nint)start * outputs, _bias, count, outputs));
    }

    /// <param name="x">[N, I] as in the forward pass; not read where nothing here is trained.</param>
    /// <param name="dy">[N, O]</param>
    /// <param name="dx">[N, I] or null where nothing below needs it; overwritten, or added to with <paramref name="accumulate"/>.</param>
    internal void Backward(Pass pass, float* x, float* dy, float* dx, float* saved, bool accumulate)
    {
        int n = pass.Count, outputs = Outputs;
        if (_weightParameter is not null)
            Gemm.MultiplyTransposedA(pass.Team, dy, outputs, x, Inputs, _weightParameter.Gradient, Inputs, outputs, Inputs, n, true);
        if (_biasParameter is { } bias)
            RowParts.ForColumns(pass.Team, outputs, (start, count) => Kernels.SumRows(dy, bias.Gradient, n, outputs, start, count));
        if (dx != null && _weightParameter is not null)
            Gemm.Multiply(pass.Team, dy, outputs, _weightParameter.Value, Inputs, dx, Inputs, n, Inputs, outputs, accumulate);
        else if (dx != null)
            Gemm.Multiply(pass.Team, dy, outputs, _weight, dx, Inputs, n, accumulate);
        Trained?.Backward(pass, x, dy, dx, saved);
    }
}

/// <summary>Where one of several layers writes: y [N, O] and, for the backward pass of its low-rank update, saved [N, r].</summary>
internal readonly unsafe struct LinearOutput(Linear layer, float* y, float* saved)
{
    internal readonly Linear Layer = layer;
    internal readonly float* Y = y;
    internal readonly float* Saved = saved;
}
