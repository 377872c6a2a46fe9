using ModelOps.Backends.Commands;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;

namespace ModelOps.Pipeline.Configuration;

/// <summary>A <c>ModelCommand</c>.</summary>
/// <param name="Inputs">Files that decide what the command answers, absolute.</param>
public sealed record CommandItem(CommandOptions Options, IReadOnlyList<string> Inputs);

/// <summary>From the items <c>ModelEndpoint</c> and <c>ModelCommand</c> to who is asked.</summary>
public static class BackendItems
{
    private static readonly int s_longestSeconds = (int)TimeSpan.FromDays(1).TotalSeconds;

    /// <exception cref="DiagnosticException">The first metadata that is wrong.</exception>
    public static EndpointOptions Endpoint(ProjectInputs inputs, ProjectItem item)
    {
        var reader = new ItemReader(inputs, item);
        const string address = "an absolute address such as https://host/v1; plain http only to this machine, because a key would travel in clear";
        if (!Uri.TryCreate(reader.Required(Names.Url, address), UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0
            || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
        {
            throw reader.Invalid(Names.Url, address);
        }

        var options = new EndpointOptions(item.Include, url, reader.Required(Names.Model, "the name that the server has for the model"))
        {
            ApiKeyVariable = Variable(reader),
            Price = Price(reader, url),
        };
        return options with
        {
            MaxConcurrency = reader.Count(Names.MaxConcurrency, 1) ?? options.MaxConcurrency,
            MaxTokensMember = reader.Text(Names.MaxTokensMember) ?? options.MaxTokensMember,
            Timeout = Seconds(reader) ?? options.Timeout,
        };
    }

    /// <exception cref="DiagnosticException">The first metadata that is wrong.</exception>
    public static CommandItem Command(ProjectInputs inputs, ProjectItem item)
    {
        var reader = new ItemReader(inputs, item);
        var options = new CommandOptions(item.Include, reader.Required(Names.Command, "a command line for the system's shell, run in the project's folder"), inputs.ProjectDirectory);
        return new CommandItem(options with { Timeout = Seconds(reader) ?? options.Timeout }, InputsOf(inputs, item));
    }

    /// <summary>The files of a command, absolute; asked in every build, so nothing is checked.</summary>
    public static IReadOnlyList<string> InputsOf(ProjectInputs inputs, ProjectItem item)
        => [.. (item[Names.Inputs] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetFullPath(path, inputs.ProjectDirectory))];

    // The name is in every log; a key that was put there by mistake must not be.
    private static string? Variable(ItemReader reader)
        => reader.Text(Names.ApiKeyVariable) is not { } name ? null
            : name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !name.StartsWith("sk_", StringComparison.Ordinal) ? name
            : throw new DiagnosticException(ConfigurationErrors.InvalidItem(reader.Item.Type, reader.Item.Include, Names.ApiKeyVariable, "***", "the name of an environment variable, never the key itself", reader.At(Names.ApiKeyVariable)));

    /// <summary>What somebody else's machine charges must be said, be it 0, so that nothing is bought by forgetting it.</summary>
    private static TokenPrice? Price(ItemReader reader, Uri url)
    {
        (double? prompt, double? completion) = (reader.Amount(Names.PromptPrice), reader.Amount(Names.CompletionPrice));
        if ((prompt is null || completion is null) && !(prompt is null && completion is null && url.IsLoopback))
        {
            throw reader.Invalid(prompt is null ? Names.PromptPrice : Names.CompletionPrice, "what a million tokens cost, 0 where nothing is charged");
        }

        return prompt is null or 0 && completion is null or 0 ? null : new TokenPrice(prompt ?? 0, completion ?? 0, reader.Text(Names.Currency) ?? "USD");
    }

    private static TimeSpan? Seconds(ItemReader reader) => reader.Count(Names.Timeout, 1) is not { } seconds ? null
        : seconds <= s_longestSeconds ? TimeSpan.FromSeconds(seconds) : throw reader.Invalid(Names.Timeout, $"seconds, at most {s_longestSeconds}");
}
