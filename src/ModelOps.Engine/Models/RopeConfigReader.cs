using System.Text.Json.Nodes;

namespace ModelOps.Engine.Models;

/// <summary>
/// The rotary settings of <c>config.json</c> in both spellings: <c>rope_theta</c> beside <c>rope_scaling</c> (Transformers 4), or all of it inside
/// <c>rope_parameters</c> (Transformers 5).
/// </summary>
internal static class RopeConfigReader
{
    private const string Supported = "default, linear, llama3";

    internal static (double Theta, RopeScaling? Scaling) Read(ConfigReader json)
    {
        RequireWholeHead(json, "partial_rotary_factor");
        json.RequireAbsentOrFalse("rope_interleaved");
        double? theta = json.Number("rope_theta");
        RopeScaling? scaling = null;
        foreach (string key in new[] { "rope_scaling", "rope_parameters" })
        {
            if (json.Object(key) is not { } parameters)
                continue;
            foreach (string perLayer in new[] { "full_attention", "sliding_attention" })
                parameters.RequireNull(perLayer, $"{key}.{perLayer}");
            RequireWholeHead(parameters, "partial_rotary_factor");
            theta = parameters.Number("rope_theta") ?? theta;
            scaling = ReadScaling(key, parameters) ?? scaling;
        }

        return (theta ?? 10000, scaling);
    }

    /// <summary>The older spelling, which every reader knows.</summary>
    internal static JsonObject? Write(RopeScaling? scaling) => scaling switch
    {
        null => null,
        { Type: RopeScalingType.Linear } => new JsonObject { ["factor"] = scaling.Factor, ["rope_type"] = "linear" },
        _ => new JsonObject
        {
            ["factor"] = scaling.Factor,
            ["high_freq_factor"] = scaling.HighFrequencyFactor,
            ["low_freq_factor"] = scaling.LowFrequencyFactor,
            ["original_max_position_embeddings"] = scaling.OriginalMaxPositions,
            ["rope_type"] = "llama3",
        },
    };

    private static RopeScaling? ReadScaling(string key, ConfigReader json)
    {
        string? type = json.Text("rope_type") ?? json.Text("type");
        if (type is null && json.Number("factor") is not null)
            throw new ModelFormatException(json.File, $"'{key}' has a factor and no 'rope_type'; expected one of {Supported}");
        switch (type ?? "default")
        {
            case "default":
                return null;
            case "linear":
                return new RopeScaling(RopeScalingType.Linear, Positive("factor"));
            case "llama3":
                var scaling = new RopeScaling(RopeScalingType.Llama3, Positive("factor"))
                {
                    LowFrequencyFactor = Positive("low_freq_factor"),
                    HighFrequencyFactor = Positive("high_freq_factor"),
                    OriginalMaxPositions = (int)Positive("original_max_position_embeddings"),
                };
                return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor ? scaling
                    : throw new ModelFormatException(json.File, $"'{key}': high_freq_factor must be above low_freq_factor");
            default:
                throw new UnsupportedModelException(json.File, $"{key}.rope_type", $"\"{type}\"", Supported);
        }

        double Positive(string name) => json.Number(name) is { } value && value > 0 && value <= int.MaxValue ? value
            : throw new ModelFormatException(json.File, $"'{key}' of type {type} needs a positive '{name}'");
    }

    private static void RequireWholeHead(ConfigReader json, string key)
    {
        if (json.Number(key) is { } share && share != 1)
            throw json.Unsupported(key, "1 or absent");
    }
}
