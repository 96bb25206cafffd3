package glance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that fill an image: send the data, and see that glance has what was
// sent.
var (
	UploadImageAction = saga.Do((*Activities)(nil).UploadImage).
				NoUndo("the image goes as a whole, by the undo of the task that created it").With(uploads)
	WaitImageAction = saga.Read((*Activities)(nil).WaitImage).With(task.WaitOptions)
)

// uploads take as long as they move: what stands still is cut by the worker.
var uploads = task.WithHeartbeat(saga.Options{Timeout: 24 * time.Hour})

// UploadImageInput says what to send to an image without data.
type UploadImageInput struct {
	Cloud     string      `json:"cloud"`
	ImageID   string      `json:"imageId"`
	Name      string      `json:"name,omitempty"` // for messages
	From      ImageSource `json:"from"`
	SizeBytes int64       `json:"sizeBytes"`
	Checksum  Checksum    `json:"checksum,omitempty"` // that the data must have; "": whatever they have
}

// Uploaded is what was sent, by what the worker has read.
type Uploaded struct {
	ImageID   string `json:"imageId"`
	SizeBytes int64  `json:"sizeBytes"`
	MD5       string `json:"md5"`    // hexadecimal
	SHA512    string `json:"sha512"` // hexadecimal
	cloud.Answered
}

// ResourceID returns the id of the image.
func (u Uploaded) ResourceID() string { return u.ImageID }

// UploadImage sends the data of an image, all of them, in one request that says
// how many they are: glance then notices when they are cut, and the image is
// queued again. It takes no data twice and no part of them, so an attempt after
// one that was cut begins at the first byte. An attempt after one whose answer was
// lost reads the source again, to compare it with what is there.
//
// An image that is saving is waited for: the worker that fills it may just have died. One
// that does not leave that state, and one that holds something else, is an error
// of type ImageError: glance does not let it be filled again.
func (a *Activities) UploadImage(ctx context.Context, in saga.Intent[UploadImageInput]) (Uploaded, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Uploaded, error) {
		im, err := awaitFree(ctx, c, in.In)
		if err != nil {
			return Uploaded{}, err
		}
		source, stop := context.WithCancel(ctx)
		d, err := sources(c.ImageSources()).open(source, in.In.From)
		if err != nil {
			stop()
			return Uploaded{}, err
		}
		defer d.Close()
		defer stop() // before Close, which waits for a read that is under way
		if d.size != in.In.SizeBytes {
			return Uploaded{}, cloud.Invalid("%s has %d bytes now, and not %d as when it was looked at: ask again "+
				"when it does not change any more", in.In.From, d.size, in.In.SizeBytes)
		}
		m := newMeter(d, in.In)
		m.stop = stop
		if im.Status == "active" {
			err = m.moving(ctx, c, "compared",
				func(context.Context) error { _, err := io.Copy(io.Discard, m); return err })
		} else {
			err = uploadData(ctx, c, in.In, m)
		}
		if err != nil {
			return Uploaded{}, err
		}
		sent, err := m.sums(in.In)
		if im.Status == "active" && err == nil {
			err = sent.differs(im)
		}
		return sent, cloud.FirstError(changedWhileRead(d), err)
	})
}

func changedWhileRead(d *data) error {
	if err := d.unchanged(); err != nil {
		return &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError, Message: err.Error()}
	}
	return nil
}

// awaitFree waits while the image is saving, and returns it queued or active.
func awaitFree(ctx context.Context, c *cloud.Client, in UploadImageInput) (last Image, err error) {
	name, begun := resource.Describe(resource.KindImage, in.Name, in.ImageID), time.Now()
	err = Images.Watch(ctx, c, in.ImageID, func(v Image) (bool, error) {
		last = v
		switch {
		case v.Status == "queued" || v.Status == "active":
			return true, nil
		case v.Status == "saving":
			task.Say(ctx, task.DescribeWait(name, "saving what an earlier attempt sends", begun))
			return false, leftSaving(c, name, begun)
		}
		return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError,
			Message: fmt.Sprintf("%s is %s: it cannot be filled any more", name, v.Status)}
	})
	return last, explainVanished(err, name)
}

// leftSaving returns an error for an image that has been saving for too long. The worker
// that filled it is gone and glance has not noticed, or glance itself has died.
func leftSaving(c *cloud.Client, name string, begun time.Time) error {
	if since := time.Since(begun); since > c.Patience() {
		return &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError,
			Message: fmt.Sprintf("%s has been saving for %s, and nobody sends anything", name,
				since.Round(time.Second))}
	}
	return nil
}

// explainVanished turns the error of an image that is gone into a failure that a new
// image can repair.
func explainVanished(err error, name string) error {
	if cloud.ClassOf(err) == cloud.Gone {
		return &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError, Message: name +
			" is gone: another user deleted it"}
	}
	return err
}

// uploadData sends the data. It goes past gophercloud, which neither says how long the
// data are nor lets a request take longer than another; a client of its own has the
// same connections, and ends what does not move.
func uploadData(ctx context.Context, c *cloud.Client, in UploadImageInput, m *meter) error {
	if err := task.CheckStillOurs(ctx); err != nil {
		return err
	}
	op := cloud.Glance.Op(cloud.Changing, "upload "+in.From.String()+" to "+resource.Describe(resource.KindImage,
		in.Name, in.ImageID))
	err := m.moving(ctx, c, "sent", func(ctx context.Context) error { return putData(ctx, c, in, m) })
	err = op.Wrap(ctx, err)
	if ours, ok := errors.AsType[*cloud.Error](err); ok && ours.Class == cloud.Conflict {
		// glance has begun with what an attempt before has sent: the next one waits for
		// that
		ours.Class = cloud.Transient
	}
	return err
}

// putData sends the request.
func putData(ctx context.Context, c *cloud.Client, in UploadImageInput, m *meter) error {
	address := c.Image.ServiceURL("images", in.ImageID, "file")
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, io.NopCloser(m))
	if err != nil {
		return err
	}
	req.ContentLength = in.SizeBytes
	for k, v := range c.Image.AuthenticatedHeaders() {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("User-Agent", c.Image.UserAgent.Join())
	answer, err := (&http.Client{Transport: c.Image.HTTPClient.Transport}).Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	const most = 64 << 10
	words, _ := io.ReadAll(io.LimitReader(answer.Body, most)) // the status says enough
	return gophercloud.ErrUnexpectedResponseCode{
		URL: address, Method: http.MethodPut, Expected: []int{http.StatusNoContent}, Actual: answer.StatusCode,
		Body: words, ResponseHeader: answer.Header,
	}
}

// ImageWait says what an image must hold.
type ImageWait struct {
	Cloud string   `json:"cloud"`
	Name  string   `json:"name,omitempty"` // for messages
	Sent  Uploaded `json:"sent"`
}

// WaitImage waits until the image is active. One that does not hold what was sent
// is an error of type ImageError.
func (a *Activities) WaitImage(ctx context.Context, w ImageWait) (Image, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (last Image, err error) {
		name, begun := resource.Describe(resource.KindImage, w.Name, w.Sent.ImageID), time.Now()
		err = Images.Watch(ctx, c, w.Sent.ImageID, func(v Image) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(name, v.Status, begun))
			switch v.Status {
			case "active":
				return true, w.Sent.differs(v)
			case "saving":
				return false, leftSaving(c, name, begun)
			case "queued", "killed", "deleted", "deactivated":
				return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError, Message: name + " is " +
					v.Status + " again: glance has not kept what was sent"}
			}
			return false, nil
		})
		return last, explainVanished(err, name)
	})
}
