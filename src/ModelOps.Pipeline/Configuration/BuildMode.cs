using ModelOps.Core.Evaluation;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What a build is for: <c>ModelOpsMode</c>.</summary>
public static class BuildMode
{
    public const string Build = nameof(Build);
    public const string Plan = nameof(Plan);
    public const string Verify = nameof(Verify);

    private static readonly string[] s_all = [Build, Plan, Verify];

    /// <summary>True for nothing and for the three words, whatever their case.</summary>
    public static bool IsKnown(string value, out string? meant)
    {
        meant = null;
        if (value.Length == 0 || s_all.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        meant = NearMiss.Of(value, s_all);
        return false;
    }
}
