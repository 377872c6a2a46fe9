using System.Text.Json;

namespace ModelOps.Pipeline.Sharing;

/// <summary>Whether the environment says that this build runs code of strangers: then nothing is pushed, whatever the project says.</summary>
internal static class ForkPullRequest
{
    public static bool Is(Func<string, string?> environment)
        => environment("SYSTEM_PULLREQUEST_ISFORK") is { } azure && azure.Equals("true", StringComparison.OrdinalIgnoreCase)
            || IsGitHub(environment)
            || environment("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") is { Length: > 0 } gitLab && gitLab != environment("CI_MERGE_REQUEST_PROJECT_ID");

    // An event that cannot be read, and a fork that was deleted, are taken for the worst.
    private static bool IsGitHub(Func<string, string?> environment)
    {
        if (environment("GITHUB_EVENT_NAME") is not { } name || !name.StartsWith("pull_request", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(environment("GITHUB_EVENT_PATH") ?? ""));
            JsonElement request = document.RootElement.GetProperty("pull_request");
            return Repository(request, "head") is not { } head || head != Repository(request, "base");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string? Repository(JsonElement request, string side)
        => request.GetProperty(side).GetProperty("repo") is { ValueKind: JsonValueKind.Object } repository ? repository.GetProperty("full_name").GetString() : null;
}
