namespace ModelOps.Runtime;

/// <summary>What to ask OpenTelemetry for: <c>AddSource(ModelTelemetry.Name)</c> and <c>AddMeter(ModelTelemetry.Name)</c>.</summary>
public static class ModelTelemetry
{
    /// <summary>Of the activity source and of the meter.</summary>
    public const string Name = "ModelOps.Runtime";

    /// <summary>The value of <c>gen_ai.provider.name</c>.</summary>
    public const string Provider = "modelops";
}
