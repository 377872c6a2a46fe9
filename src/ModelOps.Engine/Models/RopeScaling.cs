using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Models;

/// <summary>How rotary frequencies are stretched for rows longer than those of the pre-training.</summary>
public enum RopeScalingType
{
    /// <summary>Every frequency divided by the factor (Chen et al., 2023, arXiv:2306.15595).</summary>
    Linear,

    /// <summary>Llama 3.1: long waves divided by the factor, short ones kept, a smooth passage between.</summary>
    Llama3,
}

/// <summary><c>rope_scaling</c> of <c>config.json</c>.</summary>
/// <param name="Factor">By how much rows grow, above 0.</param>
public sealed record RopeScaling(RopeScalingType Type, double Factor)
{
    /// <summary>Llama 3.1: waves longer than the original row over this are divided.</summary>
    public double LowFrequencyFactor { get; init; }

    /// <summary>Llama 3.1: waves shorter than the original row over this are kept; above <see cref="LowFrequencyFactor"/>.</summary>
    public double HighFrequencyFactor { get; init; }

    /// <summary>Llama 3.1: longest row of the pre-training.</summary>
    public int OriginalMaxPositions { get; init; }

    internal double Scale(double frequency)
    {
        if (Type == RopeScalingType.Linear)
            return frequency / Factor;
        double waves = OriginalMaxPositions * frequency / (2 * Math.PI); // in a row of the original length
        if (waves < LowFrequencyFactor)
            return frequency / Factor;
        if (waves > HighFrequencyFactor)
            return frequency;
        double smooth = (waves - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }

    /// <summary>Angular frequencies of a head's pairs, [D/2].</summary>
    internal static double[] Frequencies(LlamaConfig config)
    {
        double[] frequencies = Kernels.RopeFrequencies(config.HeadSize, config.RopeTheta);
        return config.RopeScaling is { } scaling ? Array.ConvertAll(frequencies, scaling.Scale) : frequencies;
    }
}
