using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>MSBuild ignores a misspelt property; this product does not.</summary>
public static class PropertyNames
{
    public static bool IsTrue(string value) => value.Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reports properties of the command line whose name is nearly one of ours.</summary>
    public static void CheckGlobal(ProjectInputs inputs, IEnumerable<string> globalProperties, IStageLog log)
    {
        foreach (string name in globalProperties)
        {
            if (NearMiss(name, Names.Properties, Allowed(inputs)) is { } meant)
            {
                log.Report(ConfigurationErrors.MisspeltProperty(name, meant, default));
            }
        }
    }

    /// <summary>Names that a project declares to be its own, however near they come to ours.</summary>
    public static string[] Allowed(ProjectInputs inputs)
        => inputs.Setting(Names.ModelOpsAllowedProperties).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The known name that <paramref name="name"/> was probably meant to be; null when it is one, or is near none.</summary>
    public static string? NearMiss(string name, IEnumerable<string> known, IReadOnlyList<string> allowed)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in known)
        {
            if (candidate.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            int limit = candidate.Length >= 10 ? 2 : 1;
            if (Math.Abs(candidate.Length - name.Length) <= limit && Core.Evaluation.NearMiss.Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant()) is var distance && distance <= limit && distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best is not null && !allowed.Contains(name, StringComparer.OrdinalIgnoreCase) ? best : null;
    }
}
