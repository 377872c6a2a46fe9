using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers;

/// <summary>What is asked of a trainer elsewhere.</summary>
/// <param name="Key">The training key, 64 hexadecimal digits: by it the job is found again, on any machine.</param>
/// <param name="Attempt">Tells a forced training from the earlier one of the same key: <c>0</c>, or a time, so that a later one sorts behind.</param>
/// <param name="Model">The base model, as the provider calls it.</param>
/// <param name="Settings">What <see cref="TrainerDescription.Translate"/> made of the project's settings.</param>
public sealed record TrainingOrder(string Key, string Attempt, string Model, JsonObject Settings)
{
    public const string FirstAttempt = "0";

    /// <summary>A name for people and for providers that know nothing but names: at most 40 characters of <c>a-z0-9-</c>.</summary>
    public string Name => Attempt == FirstAttempt ? $"modelops-{Key[..20]}" : $"modelops-{Key[..20]}-{Attempt}";
}

/// <summary>A file to train on.</summary>
/// <param name="Name">Made from its content, so that the same content is uploaded once.</param>
public sealed record TrainingFile(string Name, byte[] Content);

/// <summary>Where a job stands, in words that fit all providers.</summary>
public enum RemoteState
{
    /// <summary>A word that this version does not know: taken to be under way.</summary>
    Unknown,
    Queued,
    Running,
    Paused,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>A job as a provider shows it.</summary>
/// <param name="Status">The provider's own word.</param>
/// <param name="Created">Seconds or finer; two jobs of one second are told apart by their ids.</param>
public sealed record RemoteJob(string Id, RemoteState State, string Status, DateTimeOffset Created)
{
    public string Attempt { get; init; } = TrainingOrder.FirstAttempt;

    /// <summary>The trained model's name; null before there is one.</summary>
    public string? Model { get; init; }

    /// <summary>Why it failed, in the provider's words.</summary>
    public string? Problem { get; init; }

    /// <summary>Tokens that were charged; null when the provider does not say.</summary>
    public long? TrainedTokens { get; init; }

    public bool IsOver => State is RemoteState.Succeeded or RemoteState.Failed or RemoteState.Cancelled;

    /// <summary>It has the result, or may come to it.</summary>
    public bool IsGood => State is not (RemoteState.Failed or RemoteState.Cancelled or RemoteState.Cancelling);
}

/// <summary>What came of asking for a job.</summary>
public abstract record Creation
{
    private Creation()
    {
    }

    public sealed record Done(RemoteJob Job) : Creation;

    /// <summary>It is certain that no job was made.</summary>
    /// <param name="Wait">How long the provider asks to wait; null when it does not say.</param>
    public sealed record NotMade(string Why, TimeSpan? Wait) : Creation;

    /// <summary>The uploaded file is not there any more; no job was made.</summary>
    public sealed record FileGone(string Why) : Creation;

    /// <summary>There is, or was, a job of this name; none was made.</summary>
    public sealed record NameTaken(string Why) : Creation;

    /// <summary>Nobody can say whether there is a job now.</summary>
    public sealed record InDoubt(string Why) : Creation;
}
