namespace ModelOps.Core.Evaluation.Judging;

/// <summary>The family that a model's name gives away: models judge what is like themselves too kindly (Panickssery et al., 2024, arXiv:2404.13076).</summary>
public static class ModelFamily
{
    // The longest names first, so that a family is not taken for one that its name begins with.
    private static readonly string[] s_families =
    [
        "smollm", "tinyllama", "deepseek", "mixtral", "mistral", "claude", "gemini", "falcon", "granite", "command", "llama", "gemma", "grok", "olmo", "qwen", "gpt", "phi", "yi",
    ];

    private static readonly Dictionary<string, string> s_relatives = new(StringComparer.Ordinal) { ["tinyllama"] = "llama", ["mixtral"] = "mistral", ["gemma"] = "gemini" };

    /// <summary>Null where no name of a family stands in the model's name.</summary>
    public static string? Of(string model)
    {
        string? found = s_families.FirstOrDefault(family => Words(model).Any(word => word.StartsWith(family, StringComparison.Ordinal)));
        return found is null ? null : s_relatives.GetValueOrDefault(found, found);
    }

    /// <summary>Both are known to be of one family.</summary>
    public static bool AreRelated(string first, string second) => Of(first) is { } family && family == Of(second);

    private static IEnumerable<string> Words(string model)
        => model.ToLowerInvariant().Split(['/', '-', '_', ' ', ':', '.'], StringSplitOptions.RemoveEmptyEntries);
}
